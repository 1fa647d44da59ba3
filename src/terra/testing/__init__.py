"""What the tests of terra and of its extensions share: fakes of the ports."""
