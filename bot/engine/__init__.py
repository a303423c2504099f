"""What happens to a job: one step each, driven by a loop. It knows the domain and its own ports, nothing else."""
