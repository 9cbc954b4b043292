"""What emissions keep about a person: handed over (`sections`), and erased (`steps`)."""
