"""How the names of Terraform's files end, and how large one may be that is read."""

NATIVE = (".tf", ".tofu")
JSON = (".tf.json", ".tofu.json")
TERRAFORM = NATIVE + JSON
MAX_FILE_BYTES = 1 << 20  # the grammar takes up to 800 bytes of memory for one of the file
