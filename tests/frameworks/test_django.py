"""Django: models with a table, migrations, managers, forms."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

from django import forms
from django.apps.registry import Apps
from django.db import connection, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState
from django.utils.functional import cached_property

from . import django_settings  # noqa: F401
from .laws import Checked, FrameworkLaws


class TestModel(FrameworkLaws):
    base = models.Model
    field = models.IntegerField

    def root(self, *bases: type, **keywords: Any) -> Any:
        class Root(*bases, **keywords):
            class Meta:
                abstract = True
                app_label = "laws"

        return Root

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Book

        class BookQuerySet(models.QuerySet):
            def long(self):
                return self.filter(pages__gt=100)

        class Book(base, **keywords):
            title = models.CharField(max_length=40)
            pages = models.IntegerField(default=1)
            level = Checked(int, default=1)

            objects = models.Manager.from_queryset(BookQuerySet)()

            class Meta:
                app_label = "laws"
                apps = Apps()

            @property
            def heading(self) -> str:
                return self.title.upper()

            @heading.setter
            def heading(self, value: str) -> None:
                self.title = value.lower()

            @cached_property
            def words(self) -> list[str]:
                return self.title.split()

            def save(self, *args: Any, **kwargs: Any) -> None:
                super().save(*args, **kwargs)

            save.alters_data = True

        return Book

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return self.define(base, **keywords)

    def build(self, cls: Any) -> Any:
        return cls(title="dune", pages=412)

    def use(self, instance: Any) -> None:
        cls = type(instance)
        with connection.schema_editor() as editor:
            editor.create_model(cls)
        try:
            instance.heading = "DUNE"
            instance.save()
            assert cls.objects.count() == 1
            assert cls.objects.long().values_list("title", "pages").get() == (
                "dune",
                412,
            )
            instance.delete()
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(cls)

    def work(self, cls: Any) -> None:
        super().work(cls)
        with connection.schema_editor() as editor:
            editor.create_model(cls)
        try:
            cls.objects.create(title="dune", pages=412)
            cls.objects.bulk_create([cls(title="ubik", pages=9)])
            assert cls.objects.get(pages__gt=100).heading == "DUNE"
            assert [book.title for book in cls.objects.order_by("title")] == [
                "dune",
                "ubik",
            ]
            with pytest.raises(cls.DoesNotExist):
                cls.objects.get(title="none")
            cls.objects.all().delete()
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(cls)
        self.migrate(cls)

    def migrate(self, cls: Any) -> None:
        state = ProjectState()
        state.add_model(ModelState.from_model(cls))
        changes = MigrationAutodetector(ProjectState(), state)._detect_changes()
        (migration,) = changes["laws"]
        assert "CreateModel" in type(migration.operations[0]).__name__
        old = state.apps.get_model("laws", cls.__name__)
        assert [field.name for field in old._meta.fields] == ["id", "title", "pages"]


class TestForm(FrameworkLaws):
    base = forms.Form
    field = forms.CharField

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Contact

        class Contact(base, **keywords):
            name = forms.CharField(max_length=5)
            age = forms.IntegerField(required=False)

            def clean_name(self) -> str:
                return self.cleaned_data["name"].title()

        return Contact

    def build(self, cls: Any) -> Any:
        return cls({"name": "ada", "age": "36"})

    def use(self, instance: Any) -> None:
        assert instance.is_valid(), instance.errors
        assert instance.cleaned_data == {"name": "Ada", "age": 36}
        assert "id_name" in instance.as_p()

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert not cls({"name": "far too long"}).is_valid()
        assert list(cls.base_fields) == ["name", "age"]
