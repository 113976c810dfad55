-- Dialogs that stand: ended by the next start where this one dies (switch/left.rs). A working table, in no chain.
CREATE TABLE dialogs (
    tag TEXT PRIMARY KEY,
    dialog TEXT NOT NULL
);
