"""One scenario a flow, free of locales and channels, and the stage that plays them all in any locale on any channel."""
