"""Population and measure definitions as frozen objects, their words, and their SQL compiler."""
