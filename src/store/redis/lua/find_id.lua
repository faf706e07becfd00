-- The key of the realm ARGV[2] with the id ARGV[3].
return key(ARGV[2], ARGV[3])
