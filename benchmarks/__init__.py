"""What is compared, and the reports. An application of `safety_envs` and `agents`."""
