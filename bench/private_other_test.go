//go:build !linux

package main

// hold is for what only Linux tells.
func hold() {}
