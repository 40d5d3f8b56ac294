"""Whether synthetic faces help a recogniser: the same network trained with them and without."""
