"""What works on the photos of a server: threads, processes, or replicas of Ray Serve."""
