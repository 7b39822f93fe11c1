"""The soak: a real service under mixed load and kills for as long as is wanted, held to its promises."""
