"""Settings of the whole suite: hypothesis draws the same examples every time, and no test depends on the clock."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# `too_slow` measures wall time, on which no result may depend.
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci")
