"""What is learned from all learners: sums per source partition, published on `masterx.shared` and added up."""
