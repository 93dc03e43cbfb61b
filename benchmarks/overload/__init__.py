"""Whether a worker's memory stays bounded while producers outrun the providers ten to one."""
