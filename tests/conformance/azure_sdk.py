#!/usr/bin/env python3
"""Microsoft's own JavaScript clients (@azure/arm-compute, -network, -resources, @azure/identity) against our Azure.

They are installed from npm into a temporary folder. Skipped aloud (77) where there is no npm or no registry.
Usage: azure_sdk.py PATH_TO_CCLOUD
"""
import lib_sdk

lib_sdk.run("azure_sdk", ["@azure/arm-compute@24", "@azure/arm-network@36", "@azure/arm-resources@7",
                          "@azure/identity@4"], "rsa")
