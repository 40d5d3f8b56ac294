"""Expression recognisers behind one protocol."""
