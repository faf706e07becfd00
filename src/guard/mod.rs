//! What happens to a request around the chain, whatever the framework.
