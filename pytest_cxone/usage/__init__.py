"""Which paths of a tenant's answers the code under test reads, and where: so that a change can be graded by it."""
