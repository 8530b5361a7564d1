"""The checks of sim_boto3.py, by subject."""
