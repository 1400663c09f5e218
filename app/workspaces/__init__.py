"""Tenants: workspaces, members and their roles, API keys, the audit log.

Owns `workspaces`, `memberships`, `api_keys`, `audit_log`. A `WorkspaceId` is minted only in
`dependencies`, after membership was checked. Signing in belongs to `auth`.
"""
