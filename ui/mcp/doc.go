// Package mcp lets assistants use tools over the Model Context Protocol: JSON-RPC
// 2.0 with one message a line, on the standard input and output of a process.
//
// It speaks the revisions of the protocol that begin with a handshake
// (initialize), from 2024-11-05 to 2025-11-25. Clients of the later revision
// without one ask first, and fall back.
//
// It exists because the protocol is small where a server has tools and nothing
// else, and a library for all of it would make every start of the program
// slower. It must not know what the tools do, nor what weft is.
package mcp
