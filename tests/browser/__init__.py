"""The desk in a real Chromium: staff with browsers, members with phones at the providers' fakes, nothing patched."""
