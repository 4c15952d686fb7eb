/** How a command prints its rows: for programs, or as a table for people. */
export type OutputFormat = 'json' | 'ndjson' | 'csv' | 'table';
