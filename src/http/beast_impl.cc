// Boost.Beast's and Asio-over-TLS's own code, compiled once.
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
