"""Sites of a genome: its tiles in stretches, the better strand of each position, and hits."""
