from huying.site.cli import main

main()
