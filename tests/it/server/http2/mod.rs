//! HTTP/2: the operations over it, and what an HTTP/2 connection may take.

mod bounds;
mod calls;
mod idle;
