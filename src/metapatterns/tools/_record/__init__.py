"""
What really happens while classes are made.

``_clockwork`` hears of every call, ``_recorder`` makes steps of those that ``_events``
recognises, and ``_recording`` holds and draws them.
"""
