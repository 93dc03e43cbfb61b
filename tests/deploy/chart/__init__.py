"""The Helm chart, without a cluster: what it renders to is held against Kubernetes' and KEDA's own schemas."""
