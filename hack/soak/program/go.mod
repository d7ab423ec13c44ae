module meshferry.dev/soak

go 1.22
