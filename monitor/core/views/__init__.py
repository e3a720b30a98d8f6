"""What others see of the state: structs, and the rows and lists of them."""
