"""Whole models with known algorithms: all heads replaced, does the model still give its answers?"""
