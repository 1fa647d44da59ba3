"""Choose one release per name so that every requirement holds, over resolvelib; touches nothing outside."""
