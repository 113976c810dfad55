-- Each firm's rows are a chain: chain.rs says of what a link is made. Rows of before are linked in the same transaction.
ALTER TABLE journal ADD COLUMN link BLOB;
