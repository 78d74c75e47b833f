"""
What classes and metaclasses bring, and whether one class can have them all.

``_targets`` finds out what is meant, ``_meeting`` whether it can meet (``_layouts``
and ``_trial`` tell what the order of the bases does not), ``_ways`` what to write, and
``_explanation`` says so.  ``_conflicts`` starts from a traceback instead.
"""
