"""What an EmotionReading says besides its figures, for those who write readings and those who read them."""

OFF = "off"
"""In place of a model's name: the tenant's learners are not scored."""
