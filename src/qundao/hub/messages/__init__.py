"""The translations of the pages, kept by this project's own small tools (no gettext needed).

Chinese is the source: a msgid is the Chinese sentence itself, so a page without a catalogue reads
Chinese. `python -m qundao.hub.messages` renews the English catalogue: it keeps translations,
adds new msgids with an empty translation, drops unused ones and compiles the `.mo` file.
"""
