#!/usr/bin/env python3
"""Alibaba Cloud's own JavaScript clients (@alicloud/ecs20140526, vpc20160428) against our Alibaba Cloud, and
our driver's requests held against the clients' models.

They are installed from npm into a temporary folder. Skipped aloud (77) where there is no npm or no registry.
Usage: alibaba_sdk.py PATH_TO_CCLOUD
"""
import lib_sdk

lib_sdk.run("alibaba_sdk", ["@alicloud/ecs20140526@7", "@alicloud/vpc20160428@7", "@alicloud/openapi-client@0.4"],
            "rsa")
