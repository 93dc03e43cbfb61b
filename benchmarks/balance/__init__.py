"""How evenly learners' load falls on partitions and workers, for real learners and for Zipf-shaped activity."""
