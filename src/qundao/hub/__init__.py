"""The hub: catalogue, access, credits, studies, audit, pages and API. It holds no patient rows."""
