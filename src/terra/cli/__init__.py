"""The command line: words to requests, reports to text or JSON, errors to exit codes; decides nothing."""
