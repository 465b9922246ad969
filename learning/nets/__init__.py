"""What training in composer and synth shares: the loop, checkpoints, devices, weights on the disk, model cards."""
