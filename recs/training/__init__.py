"""From the window of interactions to a model: dataset, LightFM, evaluation, promotion."""
