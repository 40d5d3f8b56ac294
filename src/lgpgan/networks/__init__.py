"""Generators and discriminators (Tables II and III of LGP-GAN), and reading along a flow."""
