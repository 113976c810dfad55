//! Web coordination, sans-IO: visitors, agents, routing points, reservations, queues, callbacks.
