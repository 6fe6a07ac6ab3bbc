"""What a free text means: its language, its intent, the choice or the typed answer it gives.

Pure and synchronous: built once from `locales/<locale>/phrases.yaml`, then asked about each text.
"""
