"""Message-passing networks: SchNetPack fits them, PaiNN runs compiled."""
