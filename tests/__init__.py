"""The tests, in folders that mirror the product's, beside contracts/, system/, interop/ and conformance/."""
