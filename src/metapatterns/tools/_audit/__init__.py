"""
What is wrong with the classes of a package.

``_modules`` finds the modules, ``_watch`` and ``_modules`` their classes, each a subject
of ``_subjects``; ``_rules``, ``_shared_values`` and ``_singletons`` look at one subject,
and ``_findings`` holds what they find.
"""
