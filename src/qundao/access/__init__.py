"""Applications, agreements and permits: who may compute what, over which data, until when."""
