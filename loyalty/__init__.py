"""The rules: the programme's YAML, the markets' manners, points, milestones, birthdays. Pure functions over values."""
