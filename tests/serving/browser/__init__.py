"""Tests of the page in a browser.

They are a package so that what is shared among them ends with them: Playwright runs an event loop
in the thread of the tests, and while it runs no other test can start one.
"""
