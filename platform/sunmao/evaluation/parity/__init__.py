"""Do all forms of an adapter say the same: on top of its base, merged, quantised, and as it is served?"""
