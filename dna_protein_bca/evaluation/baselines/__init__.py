"""What a model has to beat on the same pairs: baselines, and controls that ignore one side."""
