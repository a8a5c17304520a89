"""Small trained parts that come with Sunmao: weights as text, read with numpy alone (see MODEL_CARD.md)."""
